import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import type { Opt } from '@mikro-orm/postgresql';
import type { GraphQLResolveInfo } from 'graphql';
import { Authorized, Ctx, Field, ID, Info, ObjectType, Query, Resolver } from 'type-graphql';
import { v7 as newId } from 'uuid';
import { RelatedAll, type Context, type Row } from 'clinic-rapport';
import { clinicRead } from './clinic.ts';
import { LocalizedText, type Localized } from './localized-text.ts';

@ObjectType({ description: 'A place of the clinic.' })
@Entity({ tableName: 'location' })
export class Location {
  @Field(() => ID, { description: 'Id of the location.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => LocalizedText, { description: 'Name of the place.' })
  @Property({ type: 'json' })
  name: Localized;

  @Field(() => LocalizedText, { description: 'Postal address, on one line.' })
  @Property({ type: 'json' })
  address: Localized;

  @Field(() => LocalizedText, { nullable: true, description: 'How to get there.' })
  @Property({ type: 'json', nullable: true })
  directions?: Localized | null;

  @Field(() => LocalizedText, { nullable: true, description: 'Where to park.' })
  @Property({ type: 'json', nullable: true })
  parking?: Localized | null;

  @Field(() => String, { nullable: true, description: 'Phone number of the place, E.164.' })
  @Property({ type: 'text', nullable: true })
  phone?: string | null;

  @Field(() => Boolean, { description: 'Whether the place is in use.' })
  @Property({ type: 'boolean' })
  active: Opt<boolean> = true;
}

@ObjectType({ description: 'A room of a location; taken by one appointment at a time.' })
@Entity({ tableName: 'room' })
export class Room {
  @Field(() => ID, { description: 'Id of the room.' })
  @PrimaryKey({ type: 'uuid' })
  id: string = newId();

  @Property({ type: 'uuid' })
  clinicId: Opt<string>;

  @Field(() => Location, { description: 'The location that the room is in.' })
  @ManyToOne(() => Location)
  location: Location;

  @Field(() => String, { description: 'Name or number on the door.' })
  @Property({ type: 'text' })
  name: string;
}

@Resolver(() => Location)
export class LocationResolver {
  @RelatedAll(() => Room, {
    inverse: 'location',
    limit: 200,
    orderBy: { name: 'asc' },
    description: 'Its rooms, by name.',
  })
  rooms: Row<Room>[];

  @Authorized(clinicRead)
  @Query(() => [Location], { description: 'The places of the clinic that are in use, at most 200.' })
  locations(@Info() info: GraphQLResolveInfo, @Ctx() { read }: Context): Promise<Row<Location>[]> {
    return read.all(Location, info, { where: { active: true }, limit: 200 });
  }
}
