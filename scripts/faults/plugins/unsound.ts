import { Field, ObjectType, Query, Resolver } from 'type-graphql';
import { definePlugin, Public } from 'clinic-rapport';

/** A schema that is none: a field of a type that nobody knows. */
class Unknown {}

@ObjectType({ description: 'Has a field of no type.' })
class Unsound {
  @Field(() => Unknown, { description: 'Of no type.' })
  field: Unknown;
}

@Resolver()
class UnsoundResolver {
  @Public()
  @Query(() => Unsound, { nullable: true, description: 'Nothing.' })
  unsound(): null {
    return null;
  }
}

export default definePlugin({ name: 'unsound', version: '1.0.0', resolvers: [UnsoundResolver] });
