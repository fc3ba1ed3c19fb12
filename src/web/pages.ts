/** The pages, in the order of the menu. The paths are those that the API serves (src/api/static.ts). */
export const pages = [
  { path: '/', title: 'Overview', icon: 'M3 12l9-8 9 8M5 10v10h14V10' },
  { path: '/revenue', title: 'Revenue impact', icon: 'M4 20V10M10 20V4M16 20v-7M22 20H2' },
  { path: '/rollout', title: 'Rollout', icon: 'M4 18h4v-4h4v-4h4V6h4' },
  { path: '/experiments', title: 'Experiments', icon: 'M9 3h6M10 3v6l-6 10a1.5 1.5 0 001.3 2h13.4a1.5 1.5 0 001.3-2L14 9V3' },
  { path: '/flags', title: 'Flags', icon: 'M5 21V4h12l-2 4 2 4H5' },
  { path: '/alerts', title: 'Alerts', icon: 'M6 16V11a6 6 0 1112 0v5l2 2H4zM10 21h4' },
  { path: '/quality', title: 'Data quality', icon: 'M12 3l8 3v6c0 5-3.5 8-8 9-4.5-1-8-4-8-9V6zM9 12l2 2 4-4' },
  { path: '/reports', title: 'Reports', icon: 'M6 3h9l4 4v14H6zM9 12h7M9 16h7' },
] as const;

export type PagePath = (typeof pages)[number]['path'];
