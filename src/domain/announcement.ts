/** What registered webhooks can hear of. */

export const announcementTypes = [
  'roi_calculation_complete',
  'alert_triggered',
  'threshold_exceeded',
  'alert_resolved',
  'rollout_changed',
  'report_ready',
] as const;
export type AnnouncementType = (typeof announcementTypes)[number];
