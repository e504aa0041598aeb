/**
 * Imported before anything else by a process whose machine's clock is to be wrong: by the milliseconds of CLOCK_SKEW.
 * Timers and `performance.now()` go on as they are, as nobody sets these.
 */
const skew = Number(process.env['CLOCK_SKEW'] ?? 0);
const RightDate = Date;

class WrongDate extends RightDate {
  constructor(...given: ConstructorParameters<typeof Date> | []) {
    if (given.length === 0) super(RightDate.now() + skew);
    else super(...(given as ConstructorParameters<typeof Date>));
  }

  static override now(): number {
    return RightDate.now() + skew;
  }
}

if (skew !== 0) globalThis.Date = WrongDate as DateConstructor;
