/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What happened to an appointment. */
export type AppointmentChangeKind =
  /** The patient checked in. */
  | 'ARRIVED'
  /** It was booked. */
  | 'BOOKED'
  /** It was called off. */
  | 'CANCELLED'
  /** The patient said to come. */
  | 'CONFIRMED'
  /** The patient was seen. */
  | 'FULFILLED'
  /** The patient did not come. */
  | 'MISSED'
  /** Its time, practitioner or room changed; an earlier confirmation does not count any more. */
  | 'RESCHEDULED';

/** Where an appointment stands. */
export type AppointmentStatus =
  /** The patient is here. Takes its time. */
  | 'ARRIVED'
  /** Booked. Takes its time. */
  | 'BOOKED'
  /** Called off by the patient or the clinic. */
  | 'CANCELLED'
  /** The patient said to come. Takes its time. */
  | 'CONFIRMED'
  /** The patient was seen. */
  | 'FULFILLED'
  /** The patient did not come. */
  | 'NO_SHOW'
  /** Asked for; the clinic has yet to accept it. Takes its time. */
  | 'PENDING'
  /** Waits for a time to become free. */
  | 'WAITLIST';

/** An appointment to book. */
export type BookAppointmentInput = {
  /** Of your own choice, at most 255 characters, another one for each thing that is to be done: who asks again with the same key and input gets the first answer, and nothing is done twice. It counts for 24 hours at least. */
  idempotencyKey?: string | null | undefined;
  /** Where. Only for staff; as the schedule says if not given. */
  locationId?: string | null | undefined;
  /** What the practitioner should know, at most 2,000 characters. */
  note?: string | null | undefined;
  /** Who is to come. */
  patientId: string;
  /** With whom. */
  practitionerId: string;
  /** In which room. Only for staff; as the schedule says if not given. */
  roomId?: string | null | undefined;
  /** What for; it decides how long the appointment is. */
  serviceId: string;
  /** When it begins: in the future, at most two years ahead; for a patient one of `freeSlots`. */
  startsAt: string;
};

export type PatientsPageQueryVariables = Exact<{
  search?: string | null | undefined;
  after?: string | null | undefined;
}>;


export type PatientsPageQuery = { patients: { nodes: Array<{ id: string, name: string, age: number | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type NextFreeSlotQueryVariables = Exact<{
  serviceId: string;
  from: string;
  to: string;
}>;


export type NextFreeSlotQuery = { freeSlots: Array<{ startsAt: string, practitionerId: string }> };

export type ServicesQueryVariables = Exact<{ [key: string]: never; }>;


export type ServicesQuery = { services: { nodes: Array<{ id: string, code: string, name: { text: string } }> } };

export type BookAppointmentMutationVariables = Exact<{
  input: BookAppointmentInput;
}>;


export type BookAppointmentMutation = { bookAppointment: { id: string, startsAt: string | null, status: AppointmentStatus, version: number } };

export type AppointmentChangedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type AppointmentChangedSubscription = { appointmentChanged: { cursor: string, change: AppointmentChangeKind, appointment: { id: string, startsAt: string | null, status: AppointmentStatus, patient: { name: string } | null } } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const PatientsPageDocument = new TypedDocumentString(`
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
    `) as unknown as TypedDocumentString<PatientsPageQuery, PatientsPageQueryVariables>;
export const NextFreeSlotDocument = new TypedDocumentString(`
    query NextFreeSlot($serviceId: ID!, $from: DateTime!, $to: DateTime!) {
  freeSlots(serviceId: $serviceId, from: $from, to: $to, first: 1) {
    startsAt
    practitionerId
  }
}
    `) as unknown as TypedDocumentString<NextFreeSlotQuery, NextFreeSlotQueryVariables>;
export const ServicesDocument = new TypedDocumentString(`
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
    `) as unknown as TypedDocumentString<ServicesQuery, ServicesQueryVariables>;
export const BookAppointmentDocument = new TypedDocumentString(`
    mutation BookAppointment($input: BookAppointmentInput!) {
  bookAppointment(input: $input) {
    id
    startsAt
    status
    version
  }
}
    `) as unknown as TypedDocumentString<BookAppointmentMutation, BookAppointmentMutationVariables>;
export const AppointmentChangedDocument = new TypedDocumentString(`
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
    `) as unknown as TypedDocumentString<AppointmentChangedSubscription, AppointmentChangedSubscriptionVariables>;