-- CreateTable
CREATE TABLE "tiktok_publishes" (
    "tenant" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "attempt" TEXT NOT NULL DEFAULT '',
    "revision" INTEGER NOT NULL,
    "phase" TEXT NOT NULL,
    "publishId" TEXT,
    "uploadUrlSealed" TEXT,
    "fingerprint" TEXT NOT NULL,
    "videoSize" BIGINT NOT NULL,
    "chunkSize" BIGINT NOT NULL,
    "acceptedBytes" BIGINT NOT NULL,
    "mayBecomePublic" BOOLEAN NOT NULL,
    "photos" BOOLEAN NOT NULL,
    "draft" BOOLEAN NOT NULL,
    "pulled" BOOLEAN NOT NULL,
    "postIds" TEXT[],
    "failReason" TEXT,
    "cancelRequested" BOOLEAN NOT NULL DEFAULT false,
    "lastError" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "tiktok_publishes_pkey" PRIMARY KEY ("tenant", "accountId", "key")
);

-- CreateIndex
CREATE INDEX "tiktok_publishes_publishId_idx" ON "tiktok_publishes"("publishId");

-- CreateIndex
CREATE INDEX "tiktok_publishes_phase_updatedAt_idx" ON "tiktok_publishes"("phase", "updatedAt");
