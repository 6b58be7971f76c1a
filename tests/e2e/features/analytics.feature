Feature: Account growth

  Scenario: Charts show each day and name a day without metrics
    Given I have a connected TikTok account
    And its metrics were collected on all but one of the last 10 days
    When I open the analytics page
    Then I see a chart of "Followers" and one of "Engagement rate"
    And I see the follower growth in 1 day and in 7 days
    And the page names the day without metrics

  Scenario: A user collects the first metrics
    Given I have a connected TikTok account
    When I open the analytics page
    Then I see "No metrics yet"
    When I collect today's metrics
    Then I see "Each day adds a data point"

  Scenario: A user sorts the videos with the keyboard
    Given I have a connected TikTok account
    When I open the analytics page
    And I sort the videos by "Views" with the keyboard
    Then the videos with most "Views" come first

  Scenario: The trends page explains that TikTok offers no trends
    Given I am logged in as a workspace member
    When I open the trends page
    Then I see "only through its API for Business"
    And there is a link to TikTok Business Center
