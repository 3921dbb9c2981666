#!/usr/bin/env node
// The command's entry. Plain JavaScript on purpose, so that a Node too old for the sources still says so in one line.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `heddle needs Node 24 or later; this is ${process.versions.node}. From a checkout: npm ci, then npx heddle.`,
  );
  process.exit(1);
}
await import('../src/main/cli.ts');
