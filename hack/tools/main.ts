/**
 * `npm run tools [NAME…]`: builds or installs the tools that the full suites need and the machine lacks, or those that are named, and says of each whether
 * it is there.
 */
import { provide } from './cache.ts';
import { suiteTools, type ToolName, tools } from './catalogue.ts';

const isToolName = (text: string): text is ToolName => Object.hasOwn(tools, text);

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !isToolName(name));
if (unknown.length > 0) {
  console.error(`no tool is called ${unknown.join(', ')}; there are ${Object.keys(tools).join(', ')}`);
  process.exit(2);
}

const controller = new AbortController();
process.once('SIGINT', () => {
  controller.abort();
});

for (const name of asked.length > 0 ? asked.filter(isToolName) : suiteTools) {
  try {
    console.log(`${name}: ${await provide(name, controller.signal)}`);
  } catch (error) {
    console.error(`${name}: cannot be had: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
