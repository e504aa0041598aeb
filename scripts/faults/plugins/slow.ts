import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Authorized, Ctx, Float, ID, Info, Mutation, Query, Resolver } from 'type-graphql';
import { definePermission, definePlugin, sql, type Context, type Row } from 'clinic-rapport';
import { Patient } from 'clinic-rapport/schema';

/** Statements that take their time, by both ways to the database. */

const wait = definePermission('slow.wait', 'Wait in the database', ['owner']);
const seconds = { description: 'Seconds.' };

@Resolver()
class SlowResolver {
  @Authorized(wait)
  @Query(() => Boolean, { description: 'Waits by the entity manager.' })
  async slowStatement(@Arg('seconds', () => Float, seconds) time: number, @Ctx() { em }: Context): Promise<boolean> {
    await em.execute('select pg_sleep(?)', [time]);
    return true;
  }

  @Authorized(wait)
  @Query(() => Patient, { nullable: true, description: 'Waits by the read lane.' })
  slowRead(
    @Arg('id', () => ID, { description: 'Id of a patient.' }) id: string,
    @Arg('seconds', () => Float, seconds) time: number,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { read }: Context,
  ): Promise<Row<Patient> | null> {
    return read.one(Patient, info, [{ id }, sql`(select pg_sleep(${time}::float8))::text is not null`]);
  }

  @Authorized(wait)
  @Mutation(() => Boolean, { description: 'Waits in a transaction.' })
  async slowWrite(@Arg('seconds', () => Float, seconds) time: number, @Ctx() { em }: Context): Promise<boolean> {
    await em.execute('select pg_sleep(?)', [time]);
    return true;
  }
}

export default definePlugin({
  name: 'slow',
  version: '1.0.0',
  requires: { platform: '^1.0.0', core: '^1.0.0' },
  resolvers: [SlowResolver],
  permissions: [wait],
});
