import { Ctx, Field, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { definePlugin, Public, type Context } from 'clinic-rapport';

/** Fields that do not answer what the schema promises. */

@ObjectType({ description: 'Contains itself.', simpleResolvers: true })
class Mirror {
  @Field(() => String, { description: 'Itself as text.' })
  text: unknown;

  @Field(() => Mirror, { nullable: true, description: 'Itself.' })
  mirror: Mirror;
}

const asPromised = <T>(value: unknown): T => value as T;

@Resolver()
class AnswersResolver {
  @Public()
  @Query(() => [String], { nullable: true, description: 'Null inside of a list of values.' })
  answersNull(): string[] {
    return asPromised(['a', null]);
  }

  @Public()
  @Query(() => Int, { nullable: true, description: 'An object where a number is promised.' })
  answersOther(): number {
    return asPromised({ not: 'a number' });
  }

  @Public()
  @Query(() => [Int], { nullable: true, description: 'A list that is far too long.' })
  answersMany(): number[] {
    return Array.from({ length: 3_000_000 }, (_, number) => number);
  }

  @Public()
  @Query(() => [Int], { nullable: true, description: 'A list that never ends.' })
  answersForEver(): Iterable<number> {
    return (function* () {
      for (let number = 0; ; number++) yield number % 1_000;
    })();
  }

  @Public()
  @Query(() => Mirror, { nullable: true, description: 'A thing that contains itself.' })
  answersItself(): Mirror {
    const mirror = new Mirror();
    mirror.text = mirror;
    mirror.mirror = mirror;
    return mirror;
  }

  @Public()
  @Query(() => String, { nullable: true, description: 'Throws what is no error.' })
  async answersNothing(@Ctx() _: Context): Promise<string> {
    return Promise.reject('no error' as unknown as Error);
  }
}

export default definePlugin({
  name: 'answers',
  version: '1.0.0',
  requires: { platform: '^1.0.0', core: '^1.0.0' },
  resolvers: [AnswersResolver],
});
