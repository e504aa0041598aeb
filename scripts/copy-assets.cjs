// What the compiler leaves behind: templates of mails, and scripts of pages.
const { cpSync, existsSync, globSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
for (const file of globSync(['{api,schema,plugins}/**/*.mjml', 'api/**/*.js'], { cwd: root })) {
  const target = path.join(root, 'dist', file);
  if (existsSync(path.dirname(target))) cpSync(path.join(root, file), target);
}
