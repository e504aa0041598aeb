import { AsyncLocalStorage } from 'node:async_hooks';

const working = new AsyncLocalStorage<string>();

/** Runs code of a plugin: whatever it leaves behind, a timer or a promise that nobody waits for, is known to be its own. */
export const asPlugin = <T>(plugin: string, work: () => T): T => working.run(plugin, work);

/** Whose code runs now; in a listener of `unhandledRejection` and `uncaughtException`, whose code failed. */
export const pluginAtWork = (): string | undefined => working.getStore();
