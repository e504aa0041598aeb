import type {
  Answer,
  Context,
  Event,
  Fact,
  Handler,
  Job,
  Limit,
  Link,
  Loader,
  Mail,
  Permission,
  Plugin,
  Question,
  Role,
  Route,
  Subject,
  Withheld,
} from './plugin.ts';

/** The makers of what a plugin is made of. Each gives a frozen value; nothing happens until it is composed. */

export const definePlugin = (plugin: Plugin): Readonly<Plugin> => Object.freeze(plugin);

export const definePermission = (name: string, description: string, roles: readonly Role[] = ['owner']): Permission =>
  Object.freeze({ name, description, roles });

export const defineEvent = <T>(name: string, about: (payload: T) => Subject): Event<T> =>
  Object.freeze({ name, about });

export const defineJob = <T = void>(name: string, job: Omit<Job<T>, 'name'>): Job<T> => Object.freeze({ name, ...job });

export const defineMail = <T>(name: string, mail: Omit<Mail<T>, 'name'>): Mail<T> => Object.freeze({ name, ...mail });

export const defineFact = (name: string, fact: Omit<Fact, 'name'>): Fact => Object.freeze({ name, ...fact });

export const defineLink = <T>(name: string, path: string): Link<T> => Object.freeze({ name, path });

/** Its name begins as all names of the plugin do; limits of one name share their counts. */
export const defineLimit = (name: string, points: number, seconds: number): Limit =>
  Object.freeze({ name, points, seconds });

export const defineLoader = <K, V>(load: Loader<K, V>): Loader<K, V> => load;

/** The function's own name is the handler's: it must have one, and it stays, as unhandled events refer to it. */
export const on = <T>(
  event: Event<T> | readonly Event<T>[],
  handle: Handler['handle'] & ((payload: T, ...rest: any[]) => Promise<void>),
): Handler => Object.freeze({ name: handle.name, events: 'name' in event ? [event] : [...event], handle });

export const defineQuestion = <Q, A>(name: string): Question<Q, A> => Object.freeze({ name });

export const answer = <Q, A>(
  question: Question<Q, A>,
  give: (asked: Q, context: Context) => Promise<A | undefined>,
): Answer => Object.freeze({ question, answer: give });

export const get = (path: string, permission: Permission | 'public', handle: Route['handle']): Route =>
  Object.freeze({ method: 'GET', path, permission, handle });

export const post = (
  path: string,
  permission: Permission | 'public',
  handle: Route['handle'],
  { longestBody }: Pick<Route, 'longestBody'> = {},
): Route => Object.freeze({ method: 'POST', path, permission, handle, longestBody });

/** The two routes of a signed link: GET shows a page and changes nothing, POST does what the link is for. */
export const follows = <T>(
  link: Link<T>,
  handlers: {
    get(data: T, request: Request, context: Context): Promise<Response>;
    post?(data: T, request: Request, context: Context): Promise<Response>;
  },
): Route[] => {
  const route = (
    method: 'GET' | 'POST',
    handle: (data: T, request: Request, context: Context) => Promise<Response>,
  ): Route =>
    Object.freeze({
      method,
      path: link.path,
      permission: link,
      handle: (request: Request, context: Context, data: T) => handle(data, request, context),
    });
  return [route('GET', handlers.get), ...(handlers.post ? [route('POST', handlers.post)] : [])];
};

/**
 * The routes of a page for anyone, with an address short enough to be said: `/<word>/<slug of the clinic>`, and all below it,
 * which is given as `rest`. No plugin can have the word of another.
 */
export const landing = (
  word: string,
  handlers: {
    get(rest: string, request: Request, context: Context): Promise<Response>;
    post?(rest: string, request: Request, context: Context): Promise<Response>;
  },
): Route[] => {
  const route = (method: 'GET' | 'POST', handle: typeof handlers.get): Route =>
    Object.freeze({
      method,
      path: `/${word}`,
      word,
      permission: 'public',
      handle: (request: Request, context: Context, rest: string) => handle(rest, request, context),
    });
  return [route('GET', handlers.get), ...(handlers.post ? [route('POST', handlers.post)] : [])];
};

export const withheld = (reason: string): Withheld => ({ withheld: reason });
