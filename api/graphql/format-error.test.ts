import { DriverException } from '@mikro-orm/postgresql';
import { ofStorage } from './format-error.ts';

const coded = (code: string): Error => Object.assign(new Error('quotes what a patient wrote'), { code });

test.each(['57P01', '57P02', '57P03', '57014', '53100', '53300', '08006', '58030', '40P01', '40001', 'ECONNRESET'])(
  'a database that answers %s is said to be away, and the request may come again',
  code => {
    expect(ofStorage(coded(code))?.code).toBe('STORAGE_UNAVAILABLE');
  },
);

test('a connection that breaks under a statement of the ORM is a database that is away', () => {
  const lost = new Error('Connection terminated unexpectedly');
  expect(ofStorage(new DriverException(lost))?.code).toBe('STORAGE_UNAVAILABLE');
});

test.each(['23505', '42P01', 'XX000'])('a fault of ours, as %s, is none of the storage', code => {
  expect(ofStorage(coded(code))).toBeUndefined();
});
