import { longestBacklog } from './subscription-group.ts';

/**
 * Whether a socket's bearer may still do what the socket was opened with. From the moment of a change until its bearer's rights
 * have been read anew nothing goes out, and nothing is lost; asked for each event, it costs one look at a field.
 */
export class SocketBearer {
  #held: (() => void)[] | undefined;

  get isCertain(): boolean {
    return this.#held === undefined;
  }

  doubt(): void {
    this.#held ??= [];
  }

  /** The rights are what they were: what waited goes out. */
  confirm(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const send of held) send();
  }

  /** Answers false where no more can wait: as many may as for the group. */
  hold(send: () => void): boolean {
    this.#held!.push(send);
    return this.#held!.length <= longestBacklog;
  }
}
