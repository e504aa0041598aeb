import { definePlugin } from 'clinic-rapport';

export default definePlugin({
  name: 'membership',
  version: '1.0.0',
  requires: { platform: '^1.0.0', core: '^1.0.0' },
});
