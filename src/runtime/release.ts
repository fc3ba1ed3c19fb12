/** What this is a release of, for headers and logs. */
import manifest from '../../package.json' with { type: 'json' };

/** Version of impactstream. */
export const release: string = manifest.version;
