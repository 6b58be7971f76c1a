-- CreateTable
CREATE TABLE "tiktok_leases" (
    "name" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "until" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "tiktok_leases_pkey" PRIMARY KEY ("name")
);
