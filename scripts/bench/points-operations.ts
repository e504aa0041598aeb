import { type Operation } from './operations.ts';

export type PointsOperationName = 'balance' | 'statement';

/** What a patient's page of points asks, and as nobody could answer it faster. */
export const pointsOperations: Readonly<Record<PointsOperationName, Omit<Operation, 'question'>>> = {
  balance: {
    title: 'points of one patient, of 1,000,000 ledger entries',
    document: `query Balance($id: ID!) { patient(id: $id) { pointsBalance { available pending owed } } }`,
    statement: `select row_to_json(b)::text as json
      from (select available, pending, owed from membership_balance where clinic_id = $1 and patient_id = $2) b`,
    envelope: ['{"data":{"patient":{"pointsBalance":', '}}}'],
  },
  statement: {
    title: 'page of 20 ledger entries of one patient',
    document: `query Statement($id: ID!) { patient(id: $id) { pointsStatement(first: 20) {
      nodes { id kind points availableAfter reason recordedAt } } } }`,
    statement: `select coalesce(json_agg(e), '[]')::text as json from (
      select id, kind, points, available_after as "availableAfter", reason, recorded_at as "recordedAt"
      from membership_ledger_entry where clinic_id = $1 and patient_id = $2 order by sequence desc, id desc limit 20) e`,
    envelope: ['{"data":{"patient":{"pointsStatement":{"nodes":', '}}}}'],
  },
};
