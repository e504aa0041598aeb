/* eslint-disable */
import * as types from './graphql.ts';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query PatientsPage($search: String, $after: String) {\n    patients(search: $search, first: 10, after: $after) {\n      nodes {\n        id\n        name\n        age\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": typeof types.PatientsPageDocument,
    "\n  query NextFreeSlot($serviceId: ID!, $from: DateTime!, $to: DateTime!) {\n    freeSlots(serviceId: $serviceId, from: $from, to: $to, first: 1) {\n      startsAt\n      practitionerId\n    }\n  }\n": typeof types.NextFreeSlotDocument,
    "\n  query Services {\n    services(first: 100) {\n      nodes {\n        id\n        code\n        name {\n          text(language: EN)\n        }\n      }\n    }\n  }\n": typeof types.ServicesDocument,
    "\n  mutation BookAppointment($input: BookAppointmentInput!) {\n    bookAppointment(input: $input) {\n      id\n      startsAt\n      status\n      version\n    }\n  }\n": typeof types.BookAppointmentDocument,
    "\n  subscription AppointmentChanged($after: String) {\n    appointmentChanged(after: $after) {\n      cursor\n      change\n      appointment {\n        id\n        startsAt\n        status\n        patient {\n          name\n        }\n      }\n    }\n  }\n": typeof types.AppointmentChangedDocument,
};
const documents: Documents = {
    "\n  query PatientsPage($search: String, $after: String) {\n    patients(search: $search, first: 10, after: $after) {\n      nodes {\n        id\n        name\n        age\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n": types.PatientsPageDocument,
    "\n  query NextFreeSlot($serviceId: ID!, $from: DateTime!, $to: DateTime!) {\n    freeSlots(serviceId: $serviceId, from: $from, to: $to, first: 1) {\n      startsAt\n      practitionerId\n    }\n  }\n": types.NextFreeSlotDocument,
    "\n  query Services {\n    services(first: 100) {\n      nodes {\n        id\n        code\n        name {\n          text(language: EN)\n        }\n      }\n    }\n  }\n": types.ServicesDocument,
    "\n  mutation BookAppointment($input: BookAppointmentInput!) {\n    bookAppointment(input: $input) {\n      id\n      startsAt\n      status\n      version\n    }\n  }\n": types.BookAppointmentDocument,
    "\n  subscription AppointmentChanged($after: String) {\n    appointmentChanged(after: $after) {\n      cursor\n      change\n      appointment {\n        id\n        startsAt\n        status\n        patient {\n          name\n        }\n      }\n    }\n  }\n": types.AppointmentChangedDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query PatientsPage($search: String, $after: String) {\n    patients(search: $search, first: 10, after: $after) {\n      nodes {\n        id\n        name\n        age\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n"): typeof import('./graphql.ts').PatientsPageDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query NextFreeSlot($serviceId: ID!, $from: DateTime!, $to: DateTime!) {\n    freeSlots(serviceId: $serviceId, from: $from, to: $to, first: 1) {\n      startsAt\n      practitionerId\n    }\n  }\n"): typeof import('./graphql.ts').NextFreeSlotDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Services {\n    services(first: 100) {\n      nodes {\n        id\n        code\n        name {\n          text(language: EN)\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').ServicesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation BookAppointment($input: BookAppointmentInput!) {\n    bookAppointment(input: $input) {\n      id\n      startsAt\n      status\n      version\n    }\n  }\n"): typeof import('./graphql.ts').BookAppointmentDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription AppointmentChanged($after: String) {\n    appointmentChanged(after: $after) {\n      cursor\n      change\n      appointment {\n        id\n        startsAt\n        status\n        patient {\n          name\n        }\n      }\n    }\n  }\n"): typeof import('./graphql.ts').AppointmentChangedDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
