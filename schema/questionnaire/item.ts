import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { LocalizedText, type Localized } from '../localized-text.ts';
import { LocalizedTextInput } from '../localized-text-input.ts';

/** As FHIR calls them; `choice` has options, `group` has questions, `display` is a text between them. */
export const QuestionnaireItemType = {
  BOOLEAN: 'BOOLEAN',
  INTEGER: 'INTEGER',
  DECIMAL: 'DECIMAL',
  DATE: 'DATE',
  STRING: 'STRING',
  TEXT: 'TEXT',
  CHOICE: 'CHOICE',
  GROUP: 'GROUP',
  DISPLAY: 'DISPLAY',
} as const;
export type QuestionnaireItemType = keyof typeof QuestionnaireItemType;

registerEnumType(QuestionnaireItemType, {
  name: 'QuestionnaireItemType',
  description: 'What an item of a questionnaire is, in the words of FHIR.',
  valuesConfig: {
    BOOLEAN: { description: 'Yes or no.' },
    INTEGER: { description: 'A whole number.' },
    DECIMAL: { description: 'A number.' },
    DATE: { description: 'A day.' },
    STRING: { description: 'A line of text, at most 200 characters.' },
    TEXT: { description: 'A text of several lines, at most 2,000 characters.' },
    CHOICE: { description: 'One of the options, or several where `multiple` says so.' },
    GROUP: { description: 'Questions that belong together, under a heading.' },
    DISPLAY: { description: 'A text that asks nothing.' },
  },
});

@ObjectType('QuestionnaireOption', { simpleResolvers: true, description: 'Something to choose.' })
export class Option {
  @Field(() => String, { description: 'How it is stored: `sometimes`.' })
  code: string;

  @Field(() => LocalizedText, { description: 'How it is read.' })
  display: Localized;
}

@ObjectType('QuestionnaireCondition', {
  simpleResolvers: true,
  description: 'Of what it depends whether an item is asked.',
})
export class EnableWhen {
  @Field(() => String, { description: '`linkId` of the question, which comes earlier.' })
  question: string;

  @Field(() => String, {
    description: 'The answer that enables the item: `true` or `false`, or the code of an option.',
  })
  answer: string;
}

@ObjectType('QuestionnaireItem', { simpleResolvers: true, description: 'One item of a questionnaire.' })
export class Item {
  @Field(() => String, { description: 'By what answers name it; unique in the questionnaire.' })
  linkId: string;

  @Field(() => QuestionnaireItemType, { description: 'What it is.' })
  type: QuestionnaireItemType;

  @Field(() => LocalizedText, { description: 'The question, heading or text.' })
  text: Localized;

  @Field(() => Boolean, { description: 'Whether it has to be answered.' })
  required: boolean;

  @Field(() => Boolean, { description: 'Whether several options may be chosen.' })
  multiple: boolean;

  @Field(() => [Option], { description: 'What can be chosen; empty unless it is a choice.' })
  options: Option[];

  @Field(() => EnableWhen, { nullable: true, description: 'When it is asked; null where it always is.' })
  enableWhen?: EnableWhen | null;

  @Field(() => [Item], { description: 'The items of a group; empty for any other.' })
  items: Item[];
}

@InputType('QuestionnaireOptionInput', { description: 'Something to choose.' })
export class OptionInput {
  @Field(() => String, { description: 'How it is stored: letters, digits, `.`, `_` and `-`, at most 50.' })
  code: string;

  @Field(() => LocalizedTextInput, { description: 'How it is read, at most 200 characters.' })
  display: LocalizedTextInput;
}

@InputType('QuestionnaireConditionInput', { description: 'Of what it depends whether an item is asked.' })
export class EnableWhenInput {
  @Field(() => String, { description: '`linkId` of a question that comes earlier: a boolean one, or a choice.' })
  question: string;

  @Field(() => String, {
    description: 'The answer that enables the item: `true` or `false`, or the code of an option.',
  })
  answer: string;
}

@InputType('QuestionnaireItemInput', { description: 'One item of a questionnaire.' })
export class ItemInput {
  @Field(() => String, {
    description: 'By what answers name it, unique in the questionnaire: letters, digits, `.`, `_` and `-`, at most 50.',
  })
  linkId: string;

  @Field(() => QuestionnaireItemType, { description: 'What it is.' })
  type: QuestionnaireItemType;

  @Field(() => LocalizedTextInput, { description: 'The question, heading or text, at most 1,000 characters.' })
  text: LocalizedTextInput;

  @Field(() => Boolean, { defaultValue: false, description: 'Whether it has to be answered.' })
  required: boolean;

  @Field(() => Boolean, { defaultValue: false, description: 'Whether several options may be chosen.' })
  multiple: boolean;

  @Field(() => [OptionInput], { defaultValue: [], description: 'What can be chosen: 2 to 50, for a choice alone.' })
  options: OptionInput[];

  @Field(() => EnableWhenInput, { nullable: true, description: 'When it is asked; always, if not given.' })
  enableWhen?: EnableWhenInput | null;

  @Field(() => [ItemInput], {
    nullable: true,
    description: 'The items of a group, for a group alone; there are no groups within groups.',
  })
  items?: ItemInput[] | null;
}

export interface Question extends Item {
  readonly type: Exclude<QuestionnaireItemType, 'GROUP' | 'DISPLAY'>;
}

/** Every item in the order of reading, those of a group after it. */
export const flat = (items: readonly Item[]): Item[] => items.flatMap(item => [item, ...flat(item.items)]);

export const isQuestion = (item: Item): item is Question => item.type !== 'GROUP' && item.type !== 'DISPLAY';

export const mostItems = 100;
export const mostOptions = 50;
export const longestString = 200;
export const longestText = 2_000;
