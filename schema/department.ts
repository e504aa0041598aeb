import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import { Authorized, Ctx, Field, ID, Info, ObjectType, Query, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import type { Context, Row } from 'clinic-rapport';
import { clinicRead } from './clinic.ts';
import { LocalizedText, type Localized } from './localized-text.ts';

@ObjectType({ description: 'A department or specialty of the clinic.' })
@Entity({ tableName: 'department' })
export class Department {
  @Field(() => ID, { description: 'Id of the department.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => String, { description: 'Short code, unique in the clinic: `CARD`.' })
  @Property({ type: 'text' })
  code: string;

  @Field(() => LocalizedText, { description: 'Name of the department.' })
  @Property({ type: 'json' })
  name: Localized;
}

@Resolver(() => Department)
export class DepartmentResolver {
  @Authorized(clinicRead)
  @Query(() => [Department], { description: 'The departments of the clinic by code, at most 200.' })
  departments(@Info() info: GraphQLResolveInfo, @Ctx() { read }: Context): Promise<Row<Department>[]> {
    return read.all(Department, info, { orderBy: { code: 'asc' }, limit: 200 });
  }
}
