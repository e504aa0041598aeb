import { getOperationAST } from 'graphql';
import type { PlatformContext } from '../context.ts';
import { mostPoints, type Price } from '../limits/cost.ts';
import type { Budget } from '../limits/budget.ts';

/** One operation on its way, whoever executes it. */
export interface Asked {
  readonly context: PlatformContext;
  /** Whose points it costs. */
  readonly credential: string;
  /** Once its price is paid. */
  cost?: Cost;
  /** Its name, once its document is known to be valid. */
  operation?: string;
}

/** In points; goes out as `extensions.cost` of every answer. */
export interface Cost {
  readonly requested: number;
  /** Of one document. */
  readonly maximum: number;
  /** Of the credential, until its minute ends. */
  readonly remaining: number;
}

/** Takes the price of an operation before it runs. Throws QUERY_TOO_COMPLEX or RATE_LIMITED. */
export type Charge = (asked: Asked, ...operation: Parameters<Price>) => void;

export const createCharge =
  (price: Price, budget: Budget): Charge =>
  (asked, document, operationName, variables) => {
    const requested = price(document, operationName, variables);
    const remaining = budget.spend(asked.credential, requested);
    asked.operation = getOperationAST(document, operationName)?.name?.value;
    asked.cost = { requested, maximum: mostPoints, remaining };
  };
