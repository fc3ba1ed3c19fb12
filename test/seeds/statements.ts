/** The SQL and the shell commands about it that the product's first documents print, as printed. */

export const manualLeadMetrics = `-- Example: Record manual lead intelligence metrics
INSERT INTO lead_intelligence_metrics (
    date, tenant_id, leads_processed, avg_response_time_minutes,
    conversion_rate_improvement, estimated_revenue_impact
) VALUES (
    '2026-01-11', 'tenant_123', 45, 12.5, 0.08, 125.00
);`;

export const manualCosts = `-- Example: Record operating costs
INSERT INTO operating_costs_daily (
    date, cost_category, amount, usage_units, description
) VALUES (
    '2026-01-11', 'anthropic_api', 24.50, 12500, 'Claude API usage for coaching'
);`;

export const recentData = `-- Check recent data availability
SELECT date, total_revenue_impact, net_roi_percentage
FROM business_metrics_daily
WHERE date >= CURRENT_DATE - INTERVAL '7 days'
ORDER BY date DESC;`;

export const recentAlerts = `-- Verify alert system
SELECT alert_type, COUNT(*)
FROM business_impact_alerts
WHERE created_at >= CURRENT_DATE - INTERVAL '1 day'
GROUP BY alert_type;`;

export const tables = [
  'business_metrics_daily',
  'lead_intelligence_metrics',
  'property_intelligence_metrics',
  'churn_prevention_metrics',
  'ai_coaching_metrics',
  'operating_costs_daily',
  'roi_weekly_summary',
  'business_impact_alerts',
] as const;
export const views = ['daily_roi_summary', 'feature_performance_summary', 'business_impact_health'] as const;

export const selectOne = 'psql $DATABASE_URL -c "SELECT 1;"';
export const dump = 'pg_dump $DATABASE_URL -t business_metrics_daily > backups/metrics_$(date +%Y%m%d).sql';
export const restore = 'psql $DATABASE_URL < backups/metrics_20260111.sql';
