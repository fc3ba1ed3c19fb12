/** `node --import`: the package's public entries, and no others, from their sources, so that an example runs as it stands without a build. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const root = new URL('../../', import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

/** "./dist/src/client/flags.js" -> "src/client/flags.ts" */
const sourceOf = ({ default: built }) => new URL(built.replace('./dist/', '').replace(/\.js$/, '.ts'), root).href;

registerHooks({
  resolve(specifier, context, next) {
    const entry = specifier.startsWith('impactstream/') ? exports[specifier.replace('impactstream', '.')] : undefined;
    return entry === undefined ? next(specifier, context) : { url: sourceOf(entry), shortCircuit: true };
  },
});
