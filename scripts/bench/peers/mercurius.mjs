import Fastify from 'fastify';
import mercurius from 'mercurius';
import pg from 'pg';

// Mercurius as its documentation has it when speed is wanted: compiled queries, a loader for each relation, prepared
// statements that read the columns of the type. Neither credentials nor row-level security.
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 8, idleTimeoutMillis: 0 });
const rows = async (name, text, values) => (await pool.query({ name, text, values })).rows;
// As text, so that neither a Date is made of it nor a text of the Date again.
pg.types.setTypeParser(1184, text => text);
pg.types.setTypeParser(1082, text => text);

const schema = `
  type Practitioner { id: ID! name: String! title: String }
  type Visit { id: ID! startedAt: String! status: String! practitioner: Practitioner }
  type Patient { id: ID! name: String! otherName: String birthDate: String birthDateApproximate: Boolean! sex: String
    possibleDuplicate: Boolean! createdAt: String! visits(first: Int!): [Visit!]! }
  type Appointment { id: ID! startsAt: String endsAt: String status: String! leadDays: Int patient: Patient! practitioner: Practitioner }
  type Query {
    patient(clinicId: ID!, id: ID!): Patient
    patients(clinicId: ID!, name: String!, id: ID!, first: Int!): [Patient!]!
    appointments(clinicId: ID!, from: String!, first: Int!): [Appointment!]!
  }`;

const patientColumns = `clinic_id as "clinicId", id, name, other_name as "otherName", birth_date as "birthDate",
  birth_date_approximate as "birthDateApproximate", sex, possible_duplicate as "possibleDuplicate", created_at as "createdAt"`;

const byKeys = async (name, text, queries, key) => {
  const ids = [...new Set(queries.map(({ obj }) => obj[key]).filter(Boolean))];
  const found = await rows(name, text, [queries[0].obj.clinicId, ids]);
  const byId = new Map(found.map(row => [row.id, row]));
  return queries.map(({ obj }) => byId.get(obj[key]) ?? null);
};
const practitioners = {
  loader: queries =>
    byKeys(
      'practitioners',
      'select id, name, title from practitioner where clinic_id = $1 and id = any($2)',
      queries,
      'practitionerId',
    ),
  opts: { cache: false },
};

const app = Fastify({ logger: false });
await app.register(mercurius, {
  schema,
  jit: 1,
  graphiql: false,
  resolvers: {
    Query: {
      patient: async (_, { clinicId, id }) =>
        (
          await rows('patient', `select ${patientColumns} from patient where clinic_id = $1 and id = $2`, [
            clinicId,
            id,
          ])
        )[0],
      patients: (_, { clinicId, name, id, first }) =>
        rows(
          `patients ${first}`,
          `select ${patientColumns} from patient where clinic_id = $1 and (name, id) > ($2, $3) order by name, id limit ${Number(first)}`,
          [clinicId, name, id],
        ),
      appointments: (_, { clinicId, from, first }) =>
        rows(
          `appointments ${first}`,
          `select clinic_id as "clinicId", id, starts_at as "startsAt", ends_at as "endsAt", status, lead_days as "leadDays",
             patient_id as "patientId", practitioner_id as "practitionerId"
           from appointment where clinic_id = $1 and starts_at >= $2 order by starts_at, id limit ${Number(first)}`,
          [clinicId, from],
        ),
    },
  },
  loaders: {
    Visit: { practitioner: practitioners },
    Appointment: {
      practitioner: practitioners,
      patient: {
        loader: queries =>
          byKeys(
            'patients by id',
            `select ${patientColumns} from patient where clinic_id = $1 and id = any($2)`,
            queries,
            'patientId',
          ),
        opts: { cache: false },
      },
    },
    Patient: {
      visits: {
        async loader(queries) {
          const found = await rows(
            'visits',
            `select v.* from unnest($2::uuid[]) p(id), lateral (
               select clinic_id as "clinicId", patient_id as "patientId", id, started_at as "startedAt", status,
                 practitioner_id as "practitionerId"
               from visit where clinic_id = $1 and patient_id = p.id order by started_at desc, id desc limit $3) v`,
            [queries[0].obj.clinicId, queries.map(({ obj }) => obj.id), queries[0].params.first],
          );
          const byPatient = Map.groupBy(found, ({ patientId }) => patientId);
          return queries.map(({ obj }) => byPatient.get(obj.id) ?? []);
        },
        opts: { cache: false },
      },
    },
  },
});
await app.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ port: app.server.address().port, tokens: [] });
process.on('disconnect', () => process.exit());
