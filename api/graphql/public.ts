import { Extensions } from 'type-graphql';

/** Marks an operation that anyone may ask for, signed in or not. What it answers must be meant for anyone. */
export const Public = (): MethodDecorator & PropertyDecorator => Extensions({ public: true });
