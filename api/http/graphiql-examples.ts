/** Operations that a newcomer finds as tabs. The platform's ground knows no type: they are checked by a test. */
export const examples: readonly { query: string; variables?: string }[] = [
  {
    query: `# The clinic, and who you are.
query Welcome {
  me { name roles { role } }
  clinic { name timeZone currency }
}
`,
  },
  {
    query: `# Patients by any part of a name, with what they have ahead.
query Patients($search: String) {
  patients(first: 10, search: $search) {
    totalCount
    nodes {
      id
      name
      birthDate
      appointments(first: 3) { nodes { startsAt status practitioner { name } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
    variables: `{ "search": null }`,
  },
  {
    query: `# Follow appointments as they change; then book or confirm one in another tab.
subscription Live {
  appointmentChanged {
    cursor
    change
    appointment { id startsAt status patient { name } practitioner { name } }
  }
}
`,
  },
];
