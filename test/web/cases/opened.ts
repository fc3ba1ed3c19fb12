/** What all cases share: one world, one browser, somebody who may change things and somebody who may look. */
import type { Browser, BrowserContext } from 'playwright-core';
import type { World } from '../world.ts';

export type Opened = { world: World; browser: Browser; operator: BrowserContext; viewer: BrowserContext; viewerToken: string };
/** Known only once it was opened, which is after the cases are named. */
export type Known = () => Opened;
