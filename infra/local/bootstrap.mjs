/**
 * Installs what a fresh machine lacks, then does nothing in under a second. Plain JavaScript, no dependencies:
 * it is the one file that must run on whatever Node the machine came with (>= 20); all else runs on
 * node_modules' own Node 24.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const versions = JSON.parse(readFileSync(join(here, 'versions.json'), 'utf8'));
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'impactstream');

/** The system programs that the local stack needs, and the Debian package that brings each. */
const programs = [
  { package: 'default-jre-headless', found: () => onPath('java') },
  { package: 'maven', found: () => onPath('mvn') },
  { package: 'postgresql', found: hasPostgres },
  { package: 'redis-server', found: () => onPath('redis-server') },
  { package: 'python3-venv', found: hasVenv },
];

/** What a Chromium is called: on Debian, elsewhere, and what works as one. */
const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
/** Draws PDF reports and runs the tests of the dashboard. A browser that is there already is as good. */
const browser = { package: 'chromium', found: hasBrowser };

await main();

async function main() {
  requireWritable();
  const containers = usesContainers();
  const missing = containers ? [] : missingPackages();
  // One waits for npm's registry while the other waits for Debian's and Maven's.
  await Promise.all([installNodeModules(), containers ? null : installComponents(missing)]);
  await buildWhatIsStale('the dashboard', 'dashboard.ts');
  // Without it Kafka and the registry take longer to start, and that is all.
  if (!containers) return buildWhatIsStale('archives of classes for Kafka and the registry', 'archive-classes.ts', { mayFail: true });
  if (!hasBrowser()) say('no Chromium was found: there will be no PDF reports, and the tests of the dashboard need one (CHROMIUM_PATH)');
  say('a container engine answers: the components run as containers');
}

async function installComponents(packages) {
  await installPackages(packages);
  await fetchComponent('kafka', ['dependency:copy-dependencies', '-DoutputDirectory=%']);
  await fetchComponent('registry', ['dependency:unpack-dependencies', '-DoutputDirectory=%']);
}

async function installNodeModules() {
  if (isCurrent()) return;
  await run('installing npm packages', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root });
  const node = join(root, 'node_modules', '.bin', 'node');
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  if (!version.startsWith('v24.')) fail(`node_modules/.bin/node is ${version}, expected v24: delete node_modules and try again`);
}

// npm writes node_modules/.package-lock.json last, so an interrupted install never looks current.
function isCurrent() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const node = join(root, 'node_modules', '.bin', 'node');
  if (!existsSync(installed) || !existsSync(node)) return false;
  return statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

// The script itself knows whether there is anything to do.
async function buildWhatIsStale(what, file, options = {}) {
  const script = join(here, file);
  const node = join(root, 'node_modules', '.bin', 'node');
  const stale = execFileSync(node, [script, '--check'], { encoding: 'utf8' }).trim() === 'stale';
  if (stale) await run(`building ${what}`, node, [script], { cwd: root, ...options });
}

function usesContainers() {
  if (process.env.IMPACT_STACK === 'local') return false;
  return onPath('docker') && quietly('docker', ['info']);
}

/** The Debian packages to be installed. Who cannot install them is told so before minutes are spent on all else. */
function missingPackages() {
  const missing = [...programs, browser].filter((program) => !program.found()).map((program) => program.package);
  if (missing.length === 0) return missing;
  if (!onPath('apt-get')) fail(`please install ${missing.join(', ')} with this system's package manager, or start a container engine`);
  if (process.getuid() !== 0) fail(`these need root; run: sudo apt-get update && sudo apt-get ${installing(missing).join(' ')}`);
  return missing;
}

function installing(packages) {
  return ['install', '-y', '--no-install-recommends', ...packages];
}

async function installPackages(packages) {
  if (packages.length === 0) return;
  // The packages' default services would take memory and the usual ports; RUNLEVEL=1 makes Debian's init helpers leave them stopped.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  await run('refreshing the package list', 'apt-get', ['update', '-qq'], { env });
  await run(`installing ${packages.join(', ')}`, 'apt-get', ['-qq', ...installing(packages)], { env });
}

// node_modules, the dashboard and the stack's data all lie in the checkout.
function requireWritable() {
  try {
    accessSync(root, constants.W_OK);
  } catch {
    fail(`this user cannot write ${root}: clone it into a folder of your own`);
  }
}

/** Fetches one component into the cache: into a temporary folder first, then renamed, so that a folder that exists is whole. */
async function fetchComponent(name, goal) {
  const target = join(cache, `${name}-${versions[name]}`);
  if (existsSync(target)) return;
  mkdirSync(cache, { recursive: true });
  const temporary = mkdtempSync(join(cache, `${name}-partial-`));
  // Maven's own notes go into the temporary folder too: left beside the pom, a note would skip the next unpacking.
  const settings = [`-Dcomponent.version=${versions[name]}`, `-Dcomponent.target=${join(temporary, 'maven')}`];
  const args = ['-B', '-q', '-f', join(here, `${name}-pom.xml`), ...settings];
  await run(`fetching ${name} ${versions[name]}`, 'mvn', [...args, ...goal.map((arg) => arg.replace('%', temporary))]);
  try {
    renameSync(temporary, target);
  } catch (error) {
    // Another bootstrap finished first: its folder is as good.
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}

/** Runs a command, saying so at once and again every five seconds; its output is shown when it fails. */
async function run(label, file, args, { mayFail = false, ...options } = {}) {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  say(`${label} ...`);
  const timer = setInterval(() => say(`${label} ... ${seconds()} s`), 5000);
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output = (output + chunk).slice(-20_000);
    });
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      output += error.message;
      resolve(1);
    });
    child.on('close', resolve);
  });
  clearInterval(timer);
  if (code !== 0) return (mayFail ? say : fail)(`${label} failed (${file} ended with status ${code}):\n${output.trim()}`);
  say(`${label}: done in ${seconds()} s`);
}

function onPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}

function hasPostgres() {
  const base = '/usr/lib/postgresql';
  return existsSync(base) ? readdirSync(base).some((version) => existsSync(join(base, version, 'bin', 'initdb'))) : onPath('initdb');
}

function hasBrowser() {
  if (process.env.CHROMIUM_PATH) return existsSync(process.env.CHROMIUM_PATH);
  return browsers.some(onPath) || existsSync('/Applications/Google Chrome.app');
}

function hasVenv() {
  return onPath('python3') && quietly('python3', ['-c', 'import ensurepip, venv']);
}

function quietly(file, args) {
  try {
    execFileSync(file, args, { stdio: 'ignore', timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

function say(line) {
  console.error(`[setup] ${line}`);
}

function fail(message) {
  say(message);
  process.exit(1);
}
