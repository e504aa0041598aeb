import { writeFileSync } from 'node:fs';
import { publicApi } from './public-api.ts';

writeFileSync(new URL('./public-api.txt', import.meta.url), publicApi());
