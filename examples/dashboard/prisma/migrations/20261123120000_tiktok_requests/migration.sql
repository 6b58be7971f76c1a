-- CreateTable
CREATE TABLE "tiktok_requests" (
    "id" BIGSERIAL NOT NULL,
    "window" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "tiktok_requests_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "tiktok_requests_at_idx" ON "tiktok_requests"("at");
