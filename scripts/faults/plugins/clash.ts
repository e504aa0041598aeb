import { Query, Resolver } from 'type-graphql';
import { definePlugin, Public } from 'clinic-rapport';

/** Takes a name that the core has. */
@Resolver()
class ClashResolver {
  @Public()
  @Query(() => String, { description: 'Not what the core means by it.' })
  clinic(): string {
    return 'mine';
  }
}

export default definePlugin({ name: 'clash', version: '1.0.0', resolvers: [ClashResolver] });
