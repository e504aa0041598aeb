/** Of ratios of rounds, because both sides meet the same neighbours in one round. */
export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
