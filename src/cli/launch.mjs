#!/usr/bin/env -S node --max-semi-space-size=4
// The `impact` command as npm installs it. It is plain JavaScript, so that an old Node can say what is wrong instead of failing on TypeScript.
// Stages make few objects that live on, so a small nursery costs them nothing and saves 50 MB.
import module from 'node:module';
import v8 from 'node:v8';

const [major] = process.versions.node.split('.').map(Number);

if (major < 24) {
  console.error(`error: impact needs Node 24, and this is Node ${process.versions.node}.`);
  console.error('  Inside the repository use `npx impact`: after `npm run setup` it runs on the Node 24 in node_modules.');
  process.exitCode = 1;
} else {
  // Nor may V8 guess that what is made for an event lives long and put it among what does: a store's heap grew from 45 to 90 MB of garbage by that.
  v8.setFlagsFromString('--no-allocation-site-pretenuring');
  // Stripping types and compiling takes two thirds of a command's start; from the second one on it is read from the system's folder for such.
  module.enableCompileCache();
  await import('./impact.ts');
}
