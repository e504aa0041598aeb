import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { printSchema, type GraphQLObjectType, type GraphQLSchema } from 'graphql';
import {
  Arg,
  Args,
  ArgsType,
  Authorized,
  Field,
  FieldResolver,
  getMetadataStorage,
  InputType,
  Int,
  ObjectType,
  Query,
  Resolver,
  Subscription,
} from 'type-graphql';
import { buildSchema } from '../../api/graphql/build-schema.ts';
import { follow } from '../../api/graphql/follow.ts';
import { Public } from '../../api/graphql/public.ts';
import { defineEvent, definePermission, definePlugin } from '../../api/define.ts';
import type { Class, Plugin } from '../../api/plugin.ts';
import { ground, Numbered, Person, secretRead } from '../fixtures/quarantine/clinic.ts';
import { ask } from '../fixtures/quarantine/ask.ts';

// What TypeGraphQL 2.0.0-rc.4 does with its one store for the process, and what must not come of it.

const described = { description: 'A field.' };
const plugin = (name: string, resolvers: Class[], more: Partial<Plugin> = {}): Plugin =>
  definePlugin({ name, version: '1.0.0', resolvers, ...more });
const schemaOf = (...plugins: Plugin[]): GraphQLSchema => buildSchema([ground, ...plugins]).schema;
const building =
  (...plugins: Plugin[]): (() => unknown) =>
  () =>
    schemaOf(...plugins);

/** A resolver class of its own for each test: the store forgets nothing. */
function greeting(name: string, decorate: MethodDecorator | MethodDecorator[] = Public()): Class {
  class Greeting {
    greet(): string {
      return 'hello';
    }
  }
  const at = [Greeting.prototype, 'greet', Object.getOwnPropertyDescriptor(Greeting.prototype, 'greet')!] as const;
  for (const decorator of [decorate].flat()) decorator(...at);
  Query(() => String, { name, ...described })(...at);
  Resolver()(Greeting);
  return Greeting;
}

function fieldOfPerson(name: string, type: () => any = () => String, nullable = true): Class {
  class Extra {
    extra(): string {
      return 'extra';
    }
  }
  FieldResolver(type, { name, nullable, ...described })(
    Extra.prototype,
    'extra',
    Object.getOwnPropertyDescriptor(Extra.prototype, 'extra')!,
  );
  Resolver(() => Person)(Extra);
  return Extra;
}

const before = printSchema(schemaOf());

describe('a plugin that is imported, and not listed', () => {
  test('lifts no guard of a field that it declares again', async () => {
    @Resolver(() => Person)
    class Lift {
      @FieldResolver(() => String, { nullable: true, description: 'Declared again, without its guard.' })
      nationalId(): string {
        return 'stolen';
      }
    }
    expect(Lift).toBeDefined();
    const { data, codes } = await ask(schemaOf(), '{ person { nationalId } }');
    expect(data).toEqual({ person: { nationalId: null } });
    expect(codes).toEqual(['FORBIDDEN person.nationalId']);
  });

  test('adds neither operations nor fields nor types', () => {
    @ObjectType({ description: 'Of nobody who is listed.', implements: Numbered })
    class Stranger extends Numbered {
      @Field(() => String, described)
      name: string;
    }
    expect(Stranger).toBeDefined();
    greeting('unlisted');
    fieldOfPerson('unlisted');
    expect(printSchema(schemaOf())).toBe(before);
  });

  test('stops nobody else from starting when it is broken', () => {
    @Resolver()
    class Broken {
      @Public()
      @Query(() => undefined as never, described)
      broken(): null {
        return null;
      }
    }
    expect(building()).not.toThrow();
    const other = plugin('other', [greeting('sound')]);
    expect(building(plugin('broken', [Broken]), other)).toThrow("The schema of 'broken' cannot be built: ");
  });
});

describe('a build', () => {
  test('leaves nothing for the next one', () => {
    const more = plugin('rich', [greeting('rich'), fieldOfPerson('rich')]);
    const stored = JSON.stringify(storedNow());
    const rich = schemaOf(more);
    expect(fieldsOf(rich, 'Query')).toContain('rich');
    expect(fieldsOf(rich, 'Person')).toContain('rich');
    expect(printSchema(schemaOf())).toBe(before);
    expect(JSON.stringify(storedNow())).toBe(stored);
  });

  test('has no say in the answers of one before it', async () => {
    const first = schemaOf(plugin('first', [fieldOfPerson('first')]));
    schemaOf();
    expect((await ask(first, '{ person { first initials } }')).data).toEqual({
      person: { first: 'extra', initials: 'initials of 1' },
    });
  });

  test('converts arguments and inputs as the build before it did', async () => {
    @InputType({ description: 'A pair.' })
    class Pair {
      @Field(() => Int, { defaultValue: 2, description: 'One half.' })
      one: number;
    }
    @ArgsType()
    class Pairs {
      @Field(() => Pair, { description: 'The pair.' })
      pair: Pair;
    }
    @Resolver()
    class Adder {
      @Public()
      @Query(() => Boolean, described)
      isPair(
        @Args(() => Pairs) { pair }: Pairs,
        @Arg('other', () => Pair, { description: 'Another.' }) other: Pair,
      ): boolean {
        return pair instanceof Pair && other instanceof Pair && pair.one === 2 && other.one === 3;
      }
    }
    const adder = plugin('adder', [Adder]);
    const schemas = [schemaOf(adder), schemaOf(), schemaOf(adder)];
    for (const schema of [schemas[0]!, schemas[2]!]) {
      expect((await ask(schema, '{ isPair(pair: {}, other: { one: 3 }) }')).data).toEqual({ isPair: true });
    }
  });

  test('is made in one place alone', () => {
    const root = path.resolve(import.meta.dirname, '../..');
    const found = execFileSync(
      'grep',
      [
        '-rlE',
        'buildSchema(Sync)?\\b.*type-graphql|getMetadataStorage',
        'api',
        'schema',
        'plugins',
        'scripts',
        '--include=*.ts',
      ],
      { cwd: root, encoding: 'utf8' },
    );
    expect(found.trim().split('\n').sort()).toEqual(['api/graphql/build-schema.ts', 'api/graphql/metadata.ts']);
  });
});

describe('what is refused, with both parties and the mend', () => {
  const declared = definePermission('cats.read', 'See cats');

  test.each<[string, () => unknown, string]>([
    [
      'one operation of two plugins',
      building(plugin('a', [greeting('both')]), plugin('b', [greeting('both')])),
      "Query.both is defined by 'a' and by 'b': rename one of them.",
    ],
    [
      'one operation twice',
      building(plugin('a', [greeting('twice'), greeting('twice')])),
      "Query.twice is defined twice by 'a': rename one of them.",
    ],
    [
      'one field of two plugins',
      building(plugin('a', [fieldOfPerson('same')]), plugin('b', [fieldOfPerson('same')])),
      "Person.same is defined by 'a' and by 'b': rename one of them.",
    ],
    [
      'a field of another declared again',
      building(plugin('a', [fieldOfPerson('nationalId')])),
      "Person.nationalId belongs to 'core' and is redefined by 'a': give the field of 'a' another name.",
    ],
    [
      'an operation for nobody in particular',
      building(plugin('a', [greeting('open', [])])),
      "Query.open of 'a' is neither @Authorized nor @Public: add `@Authorized(permission)`.",
    ],
    [
      'an operation for some and for all',
      building(plugin('a', [greeting('muddled', [Public(), Authorized(secretRead)])])),
      "Query.muddled of 'a' is both @Authorized and @Public: decide for one.",
    ],
    [
      'a guard without a permission',
      building(plugin('a', [greeting('any', Authorized())])),
      "An @Authorized of 'Greeting' in 'a' names no permission: add one.",
    ],
    [
      'a guard that nobody can pass',
      building(plugin('cats', [greeting('cats', Authorized(declared))])),
      "'cats' guards a field of 'Greeting' by 'cats.read', which no installed plugin declares: add it to `permissions`.",
    ],
    [
      'a field that would take the thing of another with it',
      building(plugin('a', [fieldOfPerson('hard', () => String, false)])),
      "'a' adds Person.hard, which is not nullable: make it nullable, or a fault of 'a' would take the whole Person with it.",
    ],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(new Error(message));
  });

  test('a guarded field that cannot be null', () => {
    @ObjectType({ description: 'A cat.' })
    class Cat {
      @Authorized(secretRead)
      @Field(() => String, { description: 'Its name.' })
      name: string;
    }
    @Resolver()
    class Cats {
      @Public()
      @Query(() => Cat, described)
      cat(): null {
        return null;
      }
    }
    expect(building(plugin('cats', [Cats]))).toThrow(
      "Cat.name is guarded by 'secret.read' and not nullable: make it nullable, as it is null for others.",
    );
  });

  test('a subscription that follows no event, and one that does is given its argument `after`', () => {
    class Cats {
      caught(): string {
        return 'caught';
      }
    }
    const at = [Cats.prototype, 'caught', Object.getOwnPropertyDescriptor(Cats.prototype, 'caught')!] as const;
    const caught = defineEvent('cats.caught', () => ({ type: 'cat', id: '1' }));
    Public()(...at);
    Resolver()(Cats);
    Subscription(() => String, { ...follow(caught), ...described })(...at);
    const field = schemaOf(plugin('cats', [Cats], { events: [caught] }))
      .getSubscriptionType()!
      .getFields()['caught']!;
    expect(field.args.map(({ name, type }) => `${name}: ${String(type)}`)).toEqual(['after: String']);
    expect(field.extensions['events']).toEqual(['cats.caught']);

    class Dogs extends Cats {}
    const other = [Dogs.prototype, 'caught', Object.getOwnPropertyDescriptor(Cats.prototype, 'caught')!] as const;
    Public()(...other);
    Resolver()(Dogs);
    Subscription(() => String, { subscribe: () => undefined as never, ...described })(...other);
    expect(building(plugin('dogs', [Dogs]))).toThrow(
      "The subscription 'caught' of 'dogs' follows no event: add `...follow(event)`.",
    );
  });
});

const fieldsOf = (schema: GraphQLSchema, type: string): string[] =>
  Object.keys((schema.getType(type) as GraphQLObjectType).getFields());

/** All that the shared store holds, but for the fields of inputs, which TypeGraphQL looks up there when it is asked. */
const storedNow = (): unknown[] =>
  Object.entries(getMetadataStorage()).filter(
    ([key, value]) => Array.isArray(value) && !/^(input|argument)Types$/.test(key),
  );
