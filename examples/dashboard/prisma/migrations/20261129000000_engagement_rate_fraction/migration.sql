-- toklink wrote percent before; the column holds a fraction, capped at 9.9999.
ALTER TABLE "social_metrics" ALTER COLUMN "engagementRate" SET DATA TYPE DECIMAL(5,4)
    USING LEAST(ROUND(("engagementRate" / 100)::numeric, 4), 9.9999);
