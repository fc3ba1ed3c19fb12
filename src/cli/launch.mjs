#!/usr/bin/env -S node --max-semi-space-size=4
// The `impact` command as npm installs it. It is plain JavaScript, so that an old Node can say what is wrong instead of failing on TypeScript.
// Stages make few objects that live on, so a small nursery costs them nothing and saves 50 MB.
import module from 'node:module';

const [major] = process.versions.node.split('.').map(Number);

if (major < 24) {
  console.error(`error: impact needs Node 24, and this is Node ${process.versions.node}.`);
  console.error('  Inside the repository use `npx impact`: after `npm run setup` it runs on the Node 24 in node_modules.');
  process.exitCode = 1;
} else {
  // Stripping types and compiling takes two thirds of a command's start; from the second one on it is read from the system's folder for such.
  module.enableCompileCache();
  await import('./impact.ts');
}
