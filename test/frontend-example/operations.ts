import { graphql } from '../generated/index.ts';

export const patientsPage = graphql(`
  query PatientsPage($search: String, $after: String) {
    patients(search: $search, first: 10, after: $after) {
      nodes {
        id
        name
        age
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const nextFreeSlot = graphql(`
  query NextFreeSlot($serviceId: ID!, $from: DateTime!, $to: DateTime!) {
    freeSlots(serviceId: $serviceId, from: $from, to: $to, first: 1) {
      startsAt
      practitionerId
    }
  }
`);

export const services = graphql(`
  query Services {
    services(first: 100) {
      nodes {
        id
        code
        name {
          text(language: EN)
        }
      }
    }
  }
`);

export const bookAppointment = graphql(`
  mutation BookAppointment($input: BookAppointmentInput!) {
    bookAppointment(input: $input) {
      id
      startsAt
      status
      version
    }
  }
`);

export const appointmentChanged = graphql(`
  subscription AppointmentChanged($after: String) {
    appointmentChanged(after: $after) {
      cursor
      change
      appointment {
        id
        startsAt
        status
        patient {
          name
        }
      }
    }
  }
`);
