// What the compiler leaves behind: templates of mails, and scripts of pages.
const { cpSync, globSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
for (const file of globSync(['{api,schema,plugins}/**/*.mjml', 'api/**/*.js'], { cwd: root })) {
  if (!file.split(path.sep).includes('test')) cpSync(path.join(root, file), path.join(root, 'dist', file));
}
