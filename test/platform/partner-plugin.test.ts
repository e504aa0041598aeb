import { core } from 'clinic-rapport/schema';
import { createTestApp } from 'clinic-rapport/testing';
import { seedDemo } from '../../scripts/demo/seed.ts';
import reviews from '../fixtures/partner-plugin/index.ts';

test('the plugin of the README adds a table, a field, a mutation, a subscription and a handler', async () => {
  const app = await createTestApp({ plugins: [core, reviews] });
  const clinicId = await seedDemo(app.databaseUrl, app.app.platform);
  const desk = app.as('frontDesk', { clinicId });
  const owner = app.as('owner', { clinicId });
  const { appointments } = await owner.data(
    '{ appointments(filter: { status: [BOOKED] }, first: 1) { nodes { id } } }',
  );
  const [{ id: appointmentId }] = appointments.nodes;
  const start = `mutation($id: ID!) { startVisit(input: { appointmentId: $id }) { id review { stars } } }`;
  const { startVisit } = await owner.data(start, { id: appointmentId });
  expect(startVisit.review).toBeNull();

  const { id } = startVisit;
  const submit =
    'mutation($id: ID!, $stars: Int!, $key: String) { submitReview(input: { visitId: $id, stars: $stars, idempotencyKey: $key }) { stars visit { id } } }';
  expect((await desk.query(submit, { id, stars: 5 })).errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  await owner.data('mutation($id: ID!) { completeVisit(input: { id: $id }) { status } }', { id });
  await app.settle();
  expect((await desk.query(submit, { id, stars: 6 })).errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT', field: 'input.stars' } },
  ]);

  const events = await owner.subscribe('subscription { reviewSubmitted }');
  const key = 'once';
  for (let time = 0; time < 2; time += 1) {
    expect(await desk.data(submit, { id, stars: 4, key })).toEqual({ submitReview: { stars: 4, visit: { id } } });
  }
  await app.settle();
  expect(await events.next()).toEqual({ reviewSubmitted: id });
  const look = 'query($id: ID!) { visit(id: $id) { review { stars } } }';
  expect(await owner.data(look, { id })).toEqual({ visit: { review: { stars: 4 } } });
  expect(await desk.query(look, { id })).toMatchObject({
    data: { visit: { review: null } },
    errors: [{ extensions: { code: 'FORBIDDEN' } }],
  });
});
