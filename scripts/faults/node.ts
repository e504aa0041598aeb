import { createApp } from '../../api/app.ts';
import { createIssuer } from '../../api/auth/issuer.ts';
import { installedPlugins } from '../installed.ts';

/** The platform in a process: `serve`, `work` or both, as ROLE says. */
const { ROLE, PORT, DATABASE_URL, SMTP_URL, ISSUER, PUBLIC_URL, RAPPORT_SECRET } = process.env;

const app = await createApp({
  plugins: await installedPlugins(),
  database: { url: DATABASE_URL! },
  mail: { smtpUrl: SMTP_URL! },
  publicUrl: PUBLIC_URL!,
  secret: RAPPORT_SECRET!,
  issuer: await createIssuer(ISSUER),
  logLevel: 'warn',
});
process.once('SIGTERM', () => {
  void app.stop().then(() => process.exit(0));
});
if (ROLE !== 'work') await app.listen({ port: Number(PORT), host: '127.0.0.1' });
if (ROLE !== 'serve') await app.work();
console.log('ready');
