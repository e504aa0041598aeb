import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { processOf } from './process-table.ts';

/**
 * Which processes use one embedded server now, so that the last of them stops it: `npm start` goes on while an import
 * that adopted its server ends. One file for each; a killed process leaves its file, which then counts no more.
 */
export class Attendance {
  readonly #directory: string;
  readonly #name = `${process.pid}-${randomUUID()}`;

  private constructor(directory: string) {
    this.#directory = directory;
    this.#write(this.#name);
  }

  /** Joins those that use the server, once nobody is about to stop it. */
  static async join(directory: string): Promise<Attendance> {
    fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    const attendance = new Attendance(directory);
    while (attendance.#others().some(name => name.endsWith(leaving))) await wait(20);
    return attendance;
  }

  /**
   * Leaves, and does `last` if nobody else is there. One that leaves says so before it looks around, and one that joins
   * joins before it looks for those who leave: whichever is first, a server is never stopped under someone.
   */
  async leave(last: () => Promise<void>): Promise<void> {
    this.#write(this.#name + leaving);
    fs.rmSync(path.join(this.#directory, this.#name), { force: true });
    try {
      if (!this.#others().some(name => !name.endsWith(leaving))) await last();
    } finally {
      fs.rmSync(path.join(this.#directory, this.#name + leaving), { force: true });
    }
  }

  #write(name: string): void {
    fs.writeFileSync(path.join(this.#directory, name), processOf(process.pid)?.startedAt ?? '', { mode: 0o600 });
  }

  #others(): string[] {
    return fs.readdirSync(this.#directory).filter(name => !name.startsWith(this.#name) && this.#lives(name));
  }

  /** Whether the process of the file still runs; takes the file away if not. */
  #lives(name: string): boolean {
    const file = path.join(this.#directory, name);
    const found = processOf(Number.parseInt(name, 10));
    const startedAt = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
    // Empty while it is being written by its process.
    if (found && !found.zombie && (startedAt === '' || startedAt === found.startedAt)) return true;
    fs.rmSync(file, { force: true });
    return false;
  }
}

const leaving = '.leaving';
