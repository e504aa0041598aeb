import { badInput } from 'clinic-rapport';
import { localized } from '../localized-text-input.ts';
import {
  flat,
  isQuestion,
  mostItems,
  mostOptions,
  type EnableWhen,
  type Item,
  type ItemInput,
  type Option,
} from './item.ts';

const name = /^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$/;

/** The items as they are stored. Throws BAD_USER_INPUT for what makes no sense; `field` says where. */
export function itemsOf(inputs: readonly ItemInput[], field: string): Item[] {
  const items = inputs.map((input, index) => itemOf(input, `${field}.${index}`, true));
  const all = flat(items);
  if (all.length > mostItems) throw badInput(field, `A questionnaire has at most ${mostItems} items.`);
  if (!all.some(isQuestion)) throw badInput(field, 'A questionnaire asks at least one question.');
  const earlier = new Map<string, Item>();
  for (const item of all) {
    if (earlier.has(item.linkId)) throw badInput(field, `Two items have the linkId '${item.linkId}'.`);
    if (item.enableWhen) checkCondition(item.enableWhen, earlier, field);
    earlier.set(item.linkId, item);
  }
  return items;
}

function itemOf(input: ItemInput, field: string, mayBeGroup: boolean): Item {
  const { linkId, type, required, multiple } = input;
  const inner = input.items ?? [];
  if (!name.test(linkId)) throw badInput(`${field}.linkId`, 'A linkId has 1 to 50 letters, digits, `.`, `_` and `-`.');
  if (type === 'GROUP' && !mayBeGroup) throw badInput(`${field}.type`, 'A group within a group is not asked.');
  if ((type === 'GROUP') !== inner.length > 0) {
    throw badInput(`${field}.items`, 'A group has items, and nothing else has.');
  }
  return {
    linkId,
    type,
    text: localized(input.text, `${field}.text`, 1_000),
    required: required && type !== 'GROUP' && type !== 'DISPLAY',
    multiple: multiple && type === 'CHOICE',
    options: optionsOf(input, field),
    enableWhen: input.enableWhen && { ...input.enableWhen },
    items: inner.map((item, index) => itemOf(item, `${field}.items.${index}`, false)),
  };
}

function optionsOf({ type, options }: ItemInput, field: string): Option[] {
  const isRight = type === 'CHOICE' ? options.length >= 2 && options.length <= mostOptions : options.length === 0;
  if (!isRight) throw badInput(`${field}.options`, `A choice has 2 to ${mostOptions} options, and nothing else has.`);
  if (new Set(options.map(({ code }) => code)).size < options.length || !options.every(({ code }) => name.test(code))) {
    throw badInput(`${field}.options`, 'Each option has a code of its own: letters, digits, `.`, `_` and `-`.');
  }
  return options.map(({ code, display }, index) => ({
    code,
    display: localized(display, `${field}.options.${index}.display`, 200),
  }));
}

/** It looks back only, so that nothing waits for itself. */
function checkCondition({ question, answer }: EnableWhen, earlier: ReadonlyMap<string, Item>, field: string): void {
  const asked = earlier.get(question);
  const answers = asked?.type === 'BOOLEAN' ? ['true', 'false'] : asked?.options.map(({ code }) => code);
  if (!answers?.includes(answer)) {
    throw badInput(field, `Nothing earlier can be answered as this condition says: ${question} = ${answer}.`);
  }
}
