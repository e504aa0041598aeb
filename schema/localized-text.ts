import { Arg, Field, FieldResolver, ObjectType, registerEnumType, Resolver, Root } from 'type-graphql';
import type { Locale } from 'clinic-rapport';

/** The languages of people-facing text, as GraphQL names them; their values are BCP 47 tags. */
export const Language = { ZH_HANT: 'zh-Hant', ZH_HANS: 'zh-Hans', EN: 'en' } as const satisfies Record<string, Locale>;

registerEnumType(Language, {
  name: 'Language',
  description: 'A language in which the clinic writes to people.',
  valuesConfig: {
    ZH_HANT: { description: 'Chinese in traditional characters (`zh-Hant`).' },
    ZH_HANS: { description: 'Chinese in simplified characters (`zh-Hans`).' },
    EN: { description: 'English (`en`).' },
  },
});

/** A text of the clinic in some of the languages, stored as one JSON object: `{ "zh-Hant": "心臟科", "en": "Cardiology" }`. */
export type Localized = { readonly [locale in Locale]?: string };

const fallbacks: Readonly<Record<Locale, readonly Locale[]>> = {
  'zh-Hant': ['zh-Hant', 'zh-Hans', 'en'],
  'zh-Hans': ['zh-Hans', 'zh-Hant', 'en'],
  en: ['en', 'zh-Hant', 'zh-Hans'],
};

/** The text in the reader's language, or in the nearest one that exists; empty if there is none at all. */
export function textIn(text: Localized | null | undefined, locale: Locale): string {
  const found = fallbacks[locale].find(language => text?.[language]);
  return found ? text![found]! : '';
}

@ObjectType({ description: 'A text of the clinic in some of its languages.' })
export class LocalizedText {
  @Field(() => String, { nullable: true, description: 'In English.' })
  en?: string;
}

/** The Chinese texts are stored under their language tags, which are no GraphQL names. */
@Resolver(() => LocalizedText)
export class LocalizedTextResolver {
  @FieldResolver(() => String, { nullable: true, description: 'In Chinese, traditional characters.' })
  zhHant(@Root() text: Localized): string | undefined {
    return text['zh-Hant'];
  }

  @FieldResolver(() => String, { nullable: true, description: 'In Chinese, simplified characters.' })
  zhHans(@Root() text: Localized): string | undefined {
    return text['zh-Hans'];
  }

  @FieldResolver(() => String, {
    description: 'In the given language, or in the nearest one that the clinic wrote it in.',
  })
  text(
    @Root() text: Localized,
    @Arg('language', () => Language, { description: 'The reader’s language.' }) language: Locale,
  ): string {
    return textIn(text, language);
  }
}
