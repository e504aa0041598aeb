import { Field, InputType } from 'type-graphql';
import type { Localized } from './localized-text.ts';
import { requiredText } from './text.ts';

@InputType({ description: 'A text in each language of the people who read it.' })
export class LocalizedTextInput {
  @Field(() => String, { description: 'In Chinese, traditional characters; not blank.' })
  zhHant: string;

  @Field(() => String, { description: 'In Chinese, simplified characters; not blank.' })
  zhHans: string;

  @Field(() => String, { description: 'In English; not blank.' })
  en: string;
}

/** As it is stored. Throws BAD_USER_INPUT where a language is blank or longer than `longest` characters. */
export const localized = ({ zhHant, zhHans, en }: LocalizedTextInput, field: string, longest: number): Localized => ({
  'zh-Hant': requiredText(zhHant, `${field}.zhHant`, longest),
  'zh-Hans': requiredText(zhHans, `${field}.zhHans`, longest),
  en: requiredText(en, `${field}.en`, longest),
});
