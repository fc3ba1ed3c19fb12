/** Which addresses a registered webhook may reach: a request from inside our network must not be anybody's to aim. */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv6 } from 'node:net';

const networks: readonly [network: string, prefix: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** Only global unicast is outside; of that, the ranges that lead back inside are refused as well (documentation, Teredo, 6to4). */
const insideGlobal: readonly [network: string, prefix: number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const blocked = new BlockList();
for (const [network, prefix] of networks) blocked.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of insideGlobal) blocked.addSubnet(network, prefix, 'ipv6');
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** Whether an address is not part of the public internet. IPv4 inside IPv6 counts as private, whatever it is: nobody needs it. */
export function isPrivate(address: string): boolean {
  if (isIPv6(address)) return !globalUnicast.check(address, 'ipv6') || blocked.check(address, 'ipv6');
  return isIP(address) !== 4 || blocked.check(address, 'ipv4');
}

export type Resolved = { address: string; family: 4 | 6 };

/**
 * The address to connect to. The connection is made to this one, and not to what the name may mean a moment later.
 * @throws Error naming the address when any of the name's addresses is private and that is not allowed
 */
export async function publicAddress(hostname: string, allowPrivate: boolean): Promise<Resolved> {
  const found = await lookup(hostname.replace(/^\[(.*)\]$/, '$1'), { all: true });
  const refused = allowPrivate ? undefined : found.find(({ address }) => isPrivate(address));
  if (refused) throw new RangeError(`${hostname} is ${refused.address}, which is no public address (WEBHOOK_ALLOW_PRIVATE)`);
  const [first] = found;
  if (first === undefined) throw new Error(`${hostname} has no address`);
  return { address: first.address, family: first.family === 6 ? 6 : 4 };
}
