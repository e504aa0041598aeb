import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import {
  Authorized,
  Field,
  FieldResolver,
  ID,
  Int,
  InterfaceType,
  ObjectType,
  Query,
  Resolver,
  Subscription,
} from 'type-graphql';
import { buildSchema } from '../../api/graphql/build-schema.ts';
import { listOf } from '../../api/graphql/connection.ts';
import { follow } from '../../api/graphql/follow.ts';
import { Public } from '../../api/graphql/public.ts';
import { defineEvent, definePermission, definePlugin } from '../../api/define.ts';
import type { Class, Plugin } from '../../api/plugin.ts';
import type { Page } from '../../api/read/page.ts';
import { ask } from '../fixtures/quarantine/ask.ts';

const secretRead = definePermission('secret.read', 'See what is secret');
const reader = { permissions: ['secret.read'] };
const plugin = (name: string, resolvers: Class[], more: Partial<Plugin> = {}): Plugin =>
  definePlugin({ name, version: '1.0.0', resolvers, ...more });
const core = (...resolvers: Class[]): Plugin =>
  plugin('core', resolvers, { permissions: [secretRead], entities: [Token, Leaflet] });
const built = (...plugins: Plugin[]): GraphQLSchema => buildSchema(plugins).schema;

@Authorized(secretRead)
@ObjectType({ description: 'A secret.' })
class Secret {
  @Field(() => ID, { description: 'Id.' })
  id: string;
}

const SecretList = listOf(() => Secret, { name: 'Secret' });
const page = {
  edges: [{ cursor: 'c', node: { id: '1' } }],
  nodes: [{ id: '1' }],
  pageInfo: {},
  totalCount: 1,
} as unknown as Page<Secret>;

@ObjectType({ description: 'A box.' })
class Box {
  @Field(() => Secret, { nullable: true, description: 'The one.' })
  one: Secret | null;

  @Field(() => [Secret], { nullable: true, description: 'All.' })
  all: Secret[] | null;

  @Field(() => SecretList.Connection, { nullable: true, description: 'Some.' })
  some: Page<Secret> | null;
}

@Resolver()
class Boxes {
  @Public()
  @Query(() => Box, { description: 'A box.' })
  box(): Box {
    return { one: { id: '1' }, all: [{ id: '1' }], some: page };
  }

  @Public()
  @Query(() => SecretList.Connection, { nullable: true, description: 'Secrets.' })
  secrets(): Page<Secret> {
    return page;
  }
}

@InterfaceType({ description: 'Has an id.', resolveType: () => 'Token' })
abstract class Thing {
  @Field(() => ID, { description: 'Id.' })
  id: string;
}

@Authorized(secretRead)
@ObjectType({ implements: Thing, description: 'A token.' })
class Token extends Thing {}

@ObjectType({ implements: Thing, description: 'A leaflet.' })
class Leaflet extends Thing {}

@Resolver()
class Things {
  @Public()
  @Query(() => Thing, { nullable: true, description: 'A thing.' })
  thing(): Thing {
    return { id: '1' };
  }

  @Public()
  @Query(() => Leaflet, { nullable: true, description: 'A leaflet.' })
  leaflet(): Leaflet {
    return { id: '2' };
  }
}

describe('@Authorized on a type', () => {
  const everything =
    '{ box { one { id } all { id } some { totalCount edges { node { id } } nodes { id } } } secrets { totalCount nodes { id } } }';

  test('guards every field that leads to it, a list of it as a whole, and its count', async () => {
    expect(await ask(built(core(Boxes)), everything)).toMatchObject({
      data: { box: { one: null, all: null, some: null }, secrets: null },
      codes: ['FORBIDDEN box.one', 'FORBIDDEN box.all', 'FORBIDDEN box.some', 'FORBIDDEN secrets'],
    });
  });

  test('lets through who may see it', async () => {
    expect(await ask(built(core(Boxes)), everything, reader)).toMatchObject({
      data: {
        box: {
          one: { id: '1' },
          all: [{ id: '1' }],
          some: { totalCount: 1, edges: [{ node: { id: '1' } }], nodes: [{ id: '1' }] },
        },
        secrets: { totalCount: 1, nodes: [{ id: '1' }] },
      },
      codes: [],
    });
  });

  test('holds behind an interface, whatever it turns out to be, and leaves the other types of the interface alone', async () => {
    const asked = '{ thing { id } leaflet { id } }';
    expect(await ask(built(core(Things)), asked)).toMatchObject({
      data: { thing: null, leaflet: { id: '2' } },
      codes: ['FORBIDDEN thing'],
    });
    expect(await ask(built(core(Things)), asked, reader)).toMatchObject({
      data: { thing: { id: '1' }, leaflet: { id: '2' } },
      codes: [],
    });
  });

  test('demands that a list of it be nullable, like any guarded field', () => {
    @ObjectType({ description: 'A drawer.' })
    class Drawer {
      @Field(() => SecretList.Connection, { description: 'Some.' })
      some: Page<Secret>;
    }
    @Resolver()
    class Drawers {
      @Public()
      @Query(() => Drawer, { description: 'A drawer.' })
      drawer(): Drawer {
        return { some: page };
      }
    }
    expect(() => built(core(Drawers))).toThrow(
      "Drawer.some is guarded by 'secret.read' and not nullable: make it nullable, as it is null for others.",
    );
  });
});

describe('@Authorized on a class of resolvers', () => {
  test('guards all that it defines', async () => {
    @Authorized(secretRead)
    @Resolver(() => Box)
    class Shut {
      @Query(() => Int, { nullable: true, description: 'A number.' })
      shut(): number {
        return 1;
      }

      @FieldResolver(() => Int, { nullable: true, description: 'A number.' })
      weight(): number {
        return 2;
      }
    }
    const schema = built(core(Boxes, Shut));
    expect(await ask(schema, '{ shut box { weight } }')).toMatchObject({
      data: { shut: null, box: { weight: null } },
      codes: ['FORBIDDEN shut', 'FORBIDDEN box.weight'],
    });
    expect(await ask(schema, '{ shut box { weight } }', reader)).toMatchObject({
      data: { shut: 1, box: { weight: 2 } },
      codes: [],
    });
  });
});

describe('a guard', () => {
  test('stays on a field however simple it is, where TypeGraphQL itself would drop it', async () => {
    @ObjectType({ simpleResolvers: true, description: 'A vault.' })
    class Vault {
      @Authorized(secretRead)
      @Field(() => String, { nullable: true, description: 'Words.' })
      byType: string | null;

      @Authorized(secretRead)
      @Field(() => String, { nullable: true, simple: true, description: 'Words.' })
      byField: string | null;

      @Authorized(secretRead)
      @Field(() => String, { nullable: true, simple: false, description: 'Words.' })
      none: string | null;
    }
    @Resolver()
    class Vaults {
      @Public()
      @Query(() => Vault, { description: 'A vault.' })
      vault(): Vault {
        return { byType: 'a', byField: 'b', none: 'c' };
      }
    }
    const document = '{ vault { byType byField none } }';
    expect(await ask(built(core(Vaults)), document)).toMatchObject({
      data: { vault: { byType: null, byField: null, none: null } },
    });
    expect(await ask(built(core(Vaults)), document, reader)).toMatchObject({
      data: { vault: { byType: 'a', byField: 'b', none: 'c' } },
      codes: [],
    });
  });

  test('that nobody can pass is refused on any type that a plugin brings, not on its entities alone', () => {
    @ObjectType({ description: 'A figure.' })
    class Figure {
      @Authorized(definePermission('cats.count', 'Count cats'))
      @Field(() => Int, { nullable: true, description: 'A number.' })
      cats: number | null;
    }
    @Resolver()
    class Figures {
      @Public()
      @Query(() => Figure, { description: 'A figure.' })
      figure(): Figure {
        return { cats: 1 };
      }
    }
    expect(() => built(core(Boxes), plugin('cats', [Figures]))).toThrow(
      "'cats' guards a field of 'Figure' by 'cats.count', which no installed plugin declares: add it to `permissions`.",
    );
  });
});

describe('a subscription', () => {
  const fed = defineEvent('cats.fed', () => ({ type: 'cat', id: '' }));
  const following = (topics: unknown): Class => {
    @Resolver()
    class Following {
      @Authorized(secretRead)
      @Subscription(() => Int, { topics, description: 'A number.' } as never)
      fed(): number {
        return 1;
      }
    }
    return Following;
  };
  const { topics } = follow(fed);
  const cats = plugin('cats', [], { events: [fed] });

  test('that decides for itself what it follows is refused', () => {
    expect(() => built(core(Boxes), plugin('cats', [following(() => 'cats.fed')]))).toThrow(
      "The subscription 'fed' of 'cats' follows no event: add `...follow(event)`.",
    );
  });

  test('on an event that nobody publishes is refused', () => {
    expect(() => built(core(Boxes), plugin('cats', [following(topics)]))).toThrow(
      "The subscription 'fed' of 'cats' follows 'cats.fed', which no installed plugin publishes: list it among the `events` of its plugin.",
    );
  });

  test('on an event of a plugin that is not required is refused', () => {
    expect(() => built(core(Boxes), cats, plugin('dogs', [following(topics)]))).toThrow(
      "'dogs' follows 'cats.fed' of 'cats' without requiring it: add it to `requires`.",
    );
    expect(() =>
      built(core(Boxes), cats, plugin('dogs', [following(topics)], { requires: { cats: '*' } })),
    ).not.toThrow();
  });
});

test('two types of one name are refused', () => {
  const rewarding = (name: string): Class => {
    @ObjectType('Reward', { description: 'A reward.' })
    class Reward {
      @Field(() => Int, { description: 'What it is worth.' })
      worth: number;
    }
    @Resolver()
    class Rewarding {
      @Public()
      @Query(() => Reward, { name, nullable: true, description: 'A reward.' })
      reward(): Reward | null {
        return null;
      }
    }
    return Rewarding;
  };
  expect(() => built(core(Boxes), plugin('cats', [rewarding('a')]), plugin('dogs', [rewarding('b')]))).toThrow(
    "The type 'Reward' is defined by 'cats' and by 'dogs': rename one of them.",
  );
});
