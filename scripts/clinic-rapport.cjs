#!/usr/bin/env node
require('./node-version.cjs');
import('../dist/scripts/cli.js');
