/** The platform's version, which `requires: { platform: '^1.0.0' }` of a plugin is held against; equal to package.json's. */
export const platformVersion = '1.0.0';
