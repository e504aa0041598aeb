import { work } from './process.ts';

await work();
